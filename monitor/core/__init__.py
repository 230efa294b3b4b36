"""The thinking of Event Monitor: values in, values out.

Imports the standard library, numpy, ahocorasick_rs, lark and cronsim only; reads no clock, file, socket or random
source.
"""
