"""Graph stores: one protocol, the embedded store and Neo4j, and the tables they are loaded from."""
