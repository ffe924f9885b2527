"""Tests of the shape of the repository itself, and of the ground the other tests stand on."""
