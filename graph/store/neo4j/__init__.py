"""Neo4j: a local server, the graph store on a server, and bulk files for `neo4j-admin`.

    own_server, server_process, jars, login     a local server installed by pip, and the login to any server
    connection, known_names, plain_values       the driver: sessions, checks of statements, rows as Arrow
    query_plan                                  plans of statements
    neo4j_store, batch_load, load_parts         `Neo4jStore`: graph tables written exactly once, even after a crash
    write_risk                                  scores, and contagion with its links
    marker, removal, cleanup                    what scgraph owns in the database, and its removal
    external_neo4j                              a graph that another system keeps
    server_facts, admin_files                   for the commands `doctor` and `export neo4j-admin`

Modules are imported where they are used: commands without a server do not import the driver.
"""
