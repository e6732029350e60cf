"""Where the engine answers otherwise than SPARQL 1.1 has it: what is asked of it, and what it answers, is put right in the workers."""
