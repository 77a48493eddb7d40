"""Graph stores: one protocol, two implementations (embedded and Neo4j), and the graph tables they are loaded from."""
