// expect: a backend's callable takes a const request<Value>&
// A backend is asked with a request, not with a text.
#include <shoal/infer/function_backend.hpp>
#include <string>

shoal::infer::function_backend backend{[](const std::string& text) { return text; }};
auto held = shoal::infer::any_backend<>(backend);
