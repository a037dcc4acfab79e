"""The documentation as a site: what is written in Markdown, and a page for each rule, command and key of the code."""
