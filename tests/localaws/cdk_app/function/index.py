def handler(event: object, context: object) -> str:
    return "from an asset"
