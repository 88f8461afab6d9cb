"""The console in a browser on this machine. Needs the extra ``opsconsole[web]``: textual-serve, and with it aiohttp."""
