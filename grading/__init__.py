"""The field, pure: profiles, competences, rules, marks. No I/O, no clock, standard library only."""
