"""What runs only inside the limited child of `saas.child`: the libraries that read or draw what strangers wrote.

Nothing else imports this package, so no web or worker process ever loads those libraries. It imports only the standard
library, `saas.child` and the one library each module is about; sentences for people are made outside.
"""
