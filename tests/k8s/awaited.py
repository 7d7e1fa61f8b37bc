"""Names that the manifests use and the code does not have yet.

FOR THE INTEGRATOR: take each out as the code gets it, and this module with the last; then `known_settings` in
`programs.py` is the settings classes and Faust's names alone. `test_awaited.py` says which can go.
"""

SETTINGS = frozenset(
    {
        "MOD_KAFKA_SECURITY_PROTOCOL",
        "MOD_KAFKA_SASL_MECHANISM",
        "MOD_KAFKA_USERNAME",
        "MOD_KAFKA_PASSWORD_FILE",
        "MOD_KAFKA_CA_FILE",
        "MOD_LOG_FORMAT",
    }
)
