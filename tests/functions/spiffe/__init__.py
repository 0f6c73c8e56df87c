"""The verifier of JWT-SVIDs, by the clauses of its standards and by what is thrown at it."""
