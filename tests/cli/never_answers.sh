#!/bin/sh
# Stands for a program that hangs.
exec sleep 60
