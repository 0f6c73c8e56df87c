"""Makes, changes and deletes Cognito's app clients inside AWS, so that their secrets are in no program, plan or
state."""
