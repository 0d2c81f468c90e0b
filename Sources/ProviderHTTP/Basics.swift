// Stands for Basics until every file imports that by its name.
@_exported import Basics
