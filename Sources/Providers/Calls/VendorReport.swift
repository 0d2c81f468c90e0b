// What a vendor said about an error, before anybody judged it.

/// An error as a vendor reports it: HTTP status, its own code, its own words.
public struct VendorReport: Sendable, Hashable {
  public var status: Int
  /// The vendor's code or kind; nil where the body has none.
  public var code: String?
  /// Everything that the body says in words; empty where it says nothing.
  public var words: String

  public init(status: Int, code: String?, words: String) {
    self.status = status
    self.code = code
    self.words = words
  }
}
