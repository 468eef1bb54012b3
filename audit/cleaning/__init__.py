"""How a set is cleaned: what is proposed, chosen and settled, written so that nothing is lost, and taken back."""
