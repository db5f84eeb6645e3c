"""Files to expanded tokens.  `unit` says what the parser gets, `tokens` what tokens are."""
