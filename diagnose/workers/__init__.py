"""Reading with many processes, on one machine or on several: the pure step from an object to its sightings, and the ordered merge.

`recipe` says what to look for as data, `step` reads one object, `results` is what a step leaves behind, `merge` makes a report of any
number of them, `pool` runs steps in processes that may die, `crowd` in those of Ray or Dask (`on_ray`, `on_dask`: `afar` is what
happens there), `cuts` divides large files, `window` finds the wanted
time in them, `ledger` remembers what was read, `scan` puts it all together.
"""
