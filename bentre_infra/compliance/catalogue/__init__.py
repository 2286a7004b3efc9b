"""The controls that a site is judged by, as data, and the profiles of the five levels."""
