"""Reads DDP file sets of any maker. Imports nothing of `engine.ddp.writing`."""
