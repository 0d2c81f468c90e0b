// Says how far two names are apart, so that a mistyped one can be answered with the one that was meant.

/// The Levenshtein distance: insertions, deletions and replacements of characters.
public enum EditDistance {
  /// How many edits turn one text into the other, counted in bytes of UTF-8.
  public static func between(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let above = row[column + 1]
        row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[right.count]
  }
}
