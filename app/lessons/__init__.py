"""The lessons, in the order of their tabs."""

from app.lessons.base import Lesson
from app.lessons.descent import GradientDescent
from app.lessons.linear import LinearRegression
from app.lessons.logistic import LogisticRegression
from app.lessons.network import NeuralNetwork
from app.lessons.polynomial import PolynomialRegression

LESSONS: dict[str, type[Lesson]] = {
    lesson.key: lesson
    for lesson in (LinearRegression, GradientDescent, PolynomialRegression, LogisticRegression, NeuralNetwork)
}
