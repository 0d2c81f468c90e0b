// Header fields that may come several times or hold lists.

extension HTTPHeaders {
  /// The values of all fields of that name, in order.
  func values(of name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name.lowercased() == name }.map(\.value)
  }

  /// The members of a comma-separated list, over all fields of that name, without blanks and empty members
  /// (RFC 9110 section 5.6.1).
  public func members(of name: String) -> [String] {
    values(of: name).flatMap { value in
      value.split(separator: ",").map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }
  }

  /// Whether a list names a token, without regard to case.
  func lists(_ token: String, in name: String) -> Bool { members(of: name).contains { $0.lowercased() == token } }
}

extension StringProtocol {
  /// Without leading and trailing spaces and tabs (RFC 9110 section 5.6.3, optional white space).
  func trimmingBlanks() -> String {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let bytes = utf8.drop(while: isBlank)
    return String(decoding: bytes.reversed().drop(while: isBlank).reversed(), as: UTF8.self)
  }
}
