"""The record as a document: what it says is put together once, and written as page, text and PDF from that."""
