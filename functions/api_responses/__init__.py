"""What functions behind API Gateway's proxy integration share: requests read strictly, answers written in one form.

    event  ->  requests   one value per header or query parameter, JSON bodies within their bounds
    answer <-  answers    JSON with CORS and caching headers
    answer <-  refusals   every error a caller can get: raised anywhere, turned into an answer in one place

Deliberately not here: routing, and who the caller is (only the authorizer's context says that, and each function reads
it for itself).
"""
