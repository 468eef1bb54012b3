"""Input of any kind to question and answer: containers give raw records, shapes turn a record into pairs."""
