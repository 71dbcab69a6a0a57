"""What is wrong with a set-up, and what to do: the checks behind ``entrepot doctor``.

Law: nothing is changed. All that is written is inside one folder with a name of its own in the data folder, and gone
afterwards; a store of bytes is tried with the object that every start puts there and removes. No secret is in what a
check says. Each check is a row of :mod:`~.table`; it looks at one thing and says what it saw. Must work beside a
running server, and where there is none.
"""
