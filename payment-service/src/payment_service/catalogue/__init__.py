"""What can be bought and for how much: a copy fed by events, the only source of prices."""
