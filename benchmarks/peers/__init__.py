"""The contenders that are not ours: small programs, each written as its library's documentation would."""
