// expect: static assertion failed|static_assert failed
// A backend of text is no backend of numbers.
#include <shoal/infer/backend.hpp>

static_assert(shoal::infer::backend<shoal::infer::any_backend<std::string>, double>);
