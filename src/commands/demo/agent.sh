#!/bin/sh
echo "agent: my token dies at ${X_ACCESS_TOKEN_EXPIRES_AT:-no time, since I have none}"
exec xreq sandbox post "Good morning!"
