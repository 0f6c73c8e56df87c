"""Answers `GET /whoami`: a workload is told who it is to this API, by the authorizer's context and nothing else."""
