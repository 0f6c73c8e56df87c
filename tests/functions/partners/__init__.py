"""Client certificates, the two chains of the partner API, `POST /token`, Cognito's trigger, and what operators do."""
