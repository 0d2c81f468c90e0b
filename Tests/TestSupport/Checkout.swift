// Where the files are that tests share with documents, fuzzers and the browser's tests.
import Foundation

/// The checkout that the tests were compiled from.
public enum Checkout {
  public static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
