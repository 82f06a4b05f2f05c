def derivative_reads(node):
    return None
