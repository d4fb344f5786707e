#!/bin/sh
echo "agent: my token dies at $X_ACCESS_TOKEN_EXPIRES_AT"
exec xreq sandbox post "Good morning!"
