"""What comes before `pulumi up` on AWS: build contexts of images, their builds, and the deployer's policy document.

    stack's settings ──► the program, recorded ──► which functions there are       python -m delivery functions
                                               ──► build contexts, one per image   python -m delivery contexts
                                               ──► policy document                 python -m delivery policy
    build contexts ──► images in ECR                                               python -m delivery images

All of it comes from the program as it is, so there is no second list that could differ. Deliberately deploys nothing.
"""
