"""Lambda functions that answer somebody beside their API: function URLs, and permissions to invoke them."""
