"""The workspace: the folder that holds loaded data, the graph, models, scores and the audit log."""
