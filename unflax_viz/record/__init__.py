"""What one run of a Flax model did, as frozen Penzai Structs; knows no drawing."""
