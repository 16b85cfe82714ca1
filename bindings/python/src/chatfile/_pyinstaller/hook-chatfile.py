"""Tells PyInstaller what it cannot see by itself."""

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs

binaries = collect_dynamic_libs("chatfile")
# What messages.py loads.
datas = collect_data_files("chatfile", includes=["messages.*.json"])
