module chatfile.example/peer

go 1.21
