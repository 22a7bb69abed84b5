"""Loads Great Expectations as a night does, for processes that are forked from one that has it loaded."""

from importlib import import_module

from xuanpin.pipelines.quality.expectations import SparkNotFound

with SparkNotFound():
    import_module("great_expectations")
