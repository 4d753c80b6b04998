first() {
    echo one
}

second() {
    if [ -f x ; then
        first
}

third() {
    first | second
}
LIMIT=3
