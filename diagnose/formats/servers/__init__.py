"""What proxies, web servers, container engines and CI runners write themselves."""
