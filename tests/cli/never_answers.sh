#!/bin/sh
# Stands for a program that hangs; it says that it was started.
touch "$STARTED"
exec sleep 60
