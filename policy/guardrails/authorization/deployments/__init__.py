"""What a stage serves: a deployment is a copy of the API, and the copy has to be made of everything that is declared.

coverage    what a deployment is made after, and what it should be
rest, http  the rules
"""
