"""Neo4j: a server to try, the store on it, and bulk files for `neo4j-admin`.

    server, process, jars, login    a server of one's own out of pip, and who may speak to it
    link, names, values             the driver: sessions, read-only statements, rows as Arrow
    store, load, plan, retire       `Neo4jStore`: a picture loaded exactly once, whatever dies meanwhile
    risk                            scores, and contagion with its links
    marker, clean                   what is ours in the database, and how it goes
    examine, files                  what `doctor` and `export neo4j-admin` need

Modules are imported one by one, where they are used: the driver is no part of commands without a server.
"""
