// Every text into which Swift turns a value by itself.

/// What the value shows when it is interpolated, debugged and dumped.
public func printed<Value>(_ value: Value) -> String {
  var dumped = ""
  dump(value, to: &dumped)
  return "\(value) \(String(reflecting: value)) \(String(describing: value)) \(dumped)"
}
